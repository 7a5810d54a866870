// For people: who in the family waits for what.
#pragma once

void mp_report_waits(int fd);
