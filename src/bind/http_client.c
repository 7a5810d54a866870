// The connections of a session, and the one place that waits for them.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bind/classes.h"
#include "bind/http.h"
#include "core/clock.h"
#include "core/park.h"
#include "core/thread.h"
#include "core/slot.h"

enum { LOOK_MS = 50 };   // a signal that comes just before the poll is noticed that much later at the latest
static const int64_t LOOKUP_NS = INT64_C(30) * 1000 * 1000 * 1000;   // longer than any look-up of a name

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct lhttp_client *clients;   // of all threads
static unsigned generation;            // counts processes from the first that had libcurl on
static _Atomic int64_t lookups_until;  // threads of libcurl may run until then

// ---- a new process ----

static void before_fork(void)
{
    pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&mutex);
}

static void in_child(void)
{
    generation++;
    for (struct lhttp_client *c = clients; c; c = c->next) lhttp_close_sockets(c);
    pthread_mutex_unlock(&mutex);
}

void lhttp_watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, in_child);
}

unsigned lhttp_generation(void)
{
    return generation;
}

// ---- signals ----

// None arrives while libcurl works: its threads must not take any, and a connection that breaks must not kill us.
static void hush(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

static void unhush(const sigset_t *before)
{
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    while (sigtimedwait(&broken_pipe, NULL, &(struct timespec){0}) > 0) continue;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

// ---- clients ----

void lhttp_client_init(struct lhttp_client *c)
{
    memset(c, 0, sizeof *c);
    pthread_mutex_lock(&mutex);
    c->generation = generation;
    c->next = clients;
    if (clients) clients->prev = c;
    clients = c;
    pthread_mutex_unlock(&mutex);
}

static void unlist(struct lhttp_client *c)
{
    pthread_mutex_lock(&mutex);
    if (c->next) c->next->prev = c->prev;
    *(c->prev ? &c->prev->next : &clients) = c->next;
    pthread_mutex_unlock(&mutex);
}

// What libcurl has made for our maker stays as it is: to end a connection would be heard at its other side.
static void forget(struct lhttp_client *c)
{
    if (c->generation == generation) return;
    for (struct lhttp_transfer *t = c->transfers, *next; t; t = next) {
        next = t->next;
        lhttp_drop_part(t, true);
    }
    c->multi = NULL;
    c->transfers = NULL;
    c->generation = generation;
}

bool lhttp_client_open(struct lhttp_client *c)
{
    forget(c);
    if (!c->cookies && (c->cookies = lcurl.share_init())) {
        lcurl.share_setopt(c->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    }
    if (!c->multi) c->multi = lcurl.multi_init();
    return c->cookies && c->multi;
}

void lhttp_client_close(struct lhttp_client *c)
{
    sigset_t before;
    if (c->closed) return;
    forget(c);
    while (c->transfers) lhttp_drop(c, c->transfers);
    hush(&before);
    if (c->multi) lcurl.multi_cleanup(c->multi);
    if (c->cookies) lcurl.share_cleanup(c->cookies);
    unhush(&before);
    unlist(c);
    free(c->sockets);
    c->multi = NULL;
    c->cookies = NULL;
    c->closed = true;
}

CURLMcode lhttp_add(struct lhttp_client *c, struct lhttp_transfer *t)
{
    CURLMcode err = lcurl.multi_add_handle(c->multi, t->easy);
    t->added = err == CURLM_OK;
    return err;
}

// ---- names that are looked up ----

static bool looks_up(const struct lhttp_transfer *t)
{
    curl_off_t took = 0;
    if (!t->easy || !t->added || t->done) return false;
    return lcurl.easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &took) == CURLE_OK && took == 0;
}

static void note_lookup(const struct lhttp_transfer *t)
{
    if (looks_up(t)) lookups_until = mp_now() + LOOKUP_NS;
}

void lhttp_end_lookups(lua_State *L)
{
    while (lookups_until > mp_now() && !mp_threads_running() && mp_threads() > 1) {
        mp_enter(MP_OP_WAIT);
        int err = mp_sleep(mp_now() + INT64_C(5) * 1000 * 1000);
        mp_leave();
        if (err == EINTR) lmp_interrupt(L);
    }
    if (lookups_until) lookups_until = 0;   // a store would copy the page again after each fork
}

// ---- transfers ----

static void unlink_transfer(struct lhttp_client *c, struct lhttp_transfer *t)
{
    struct lhttp_transfer **link = &c->transfers;
    while (*link && *link != t) link = &(*link)->next;
    if (*link) *link = t->next;
}

void lhttp_drop(struct lhttp_client *c, struct lhttp_transfer *t)
{
    sigset_t before;
    unlink_transfer(c, t);
    note_lookup(t);
    hush(&before);
    if (t->added) lcurl.multi_remove_handle(c->multi, t->easy);
    if (t->easy) lcurl.easy_cleanup(t->easy);
    unhush(&before);
    lcurl.slist_free_all(t->lines);
    lhttp_drop_part(t, false);
    free(t->head.data);
    free(t->body.data);
    free(t);
}

// ---- waiting ----

// While nobody waits for them, transfers stand still, and so do their clocks.
static void go_on(const struct lhttp_client *c)
{
    int64_t now = mp_now();
    for (struct lhttp_transfer *t = c->transfers; t; t = t->next) {
        int64_t pause = now - t->seen;
        t->paused += pause;
        if (t->deadline != MP_FOREVER) t->deadline += pause;
        long ms = t->connect_ms + (long)(t->paused / 1000000);
        if (pause > 1000000) lcurl.easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
    }
}

static void stand_still(const struct lhttp_client *c)
{
    int64_t now = mp_now();
    for (struct lhttp_transfer *t = c->transfers; t; t = t->next) {
        t->seen = now;
        note_lookup(t);
    }
}

static void note_done(const struct lhttp_client *c)
{
    int left;
    for (const CURLMsg *m; (m = lcurl.multi_info_read(c->multi, &left));) {
        struct lhttp_transfer *t = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        lcurl.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        t->code = m->data.result;
        t->done = true;
    }
}

static int perform(const struct lhttp_client *c)
{
    sigset_t before;
    int running;
    hush(&before);
    CURLMcode err = lcurl.multi_perform(c->multi, &running);
    note_done(c);
    unhush(&before);
    return err == CURLM_OK ? 0 : EIO;
}

static void time_out(struct lhttp_transfer *t)
{
    t->code = CURLE_OPERATION_TIMEDOUT;
    t->reason = "timeout";
    strcpy(t->why, "the time is over");
}

// One that has ended, or whose time is over; else lowers *until to the time when the first will be.
static struct lhttp_transfer *find_done(const struct lhttp_client *c, int64_t *until)
{
    int64_t now = mp_now();
    for (struct lhttp_transfer *t = c->transfers; t; t = t->next) {
        if (!t->done && t->deadline <= now) time_out(t);
        if (t->done || t->reason) return t;
        if (t->deadline < *until) *until = t->deadline;
    }
    return NULL;
}

static int poll_ms(int64_t until)
{
    int64_t left = (until - mp_now() + 999999) / 1000000;
    return left < 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS;
}

static int wait_for_any(const struct lhttp_client *c, int64_t until, struct lhttp_transfer **done)
{
    for (;;) {
        int64_t next = until;
        if (mp_interrupted()) return EINTR;
        if (perform(c)) return EIO;
        *done = find_done(c, &next);
        if (*done || mp_now() >= until) return 0;
        if (lcurl.multi_poll(c->multi, NULL, 0, poll_ms(next), NULL) != CURLM_OK) return EIO;
    }
}

int lhttp_wait(struct lhttp_client *c, int64_t until, struct lhttp_transfer **done)
{
    go_on(c);
    mp_wait_record(NULL, 1, until);
    int err = wait_for_any(c, until, done);
    mp_wait_over();
    stand_still(c);
    return err;
}
