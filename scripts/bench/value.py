# ARG 1: how many. ARG 2: "get", a look at a shared value, or "add", an increment under its lock, since Python has no
# atomic one. Prints the microseconds of one.
import multiprocessing
import sys
import time


def get(value, n):
    for _ in range(n):
        value.value


def add(value, n):
    for _ in range(n):
        with value.get_lock():
            value.value += 1


if __name__ == "__main__":
    n, run, value = int(sys.argv[1]), {"get": get, "add": add}[sys.argv[2]], multiprocessing.Value("q", 0)
    run(value, n // 10 + 1)
    begin = time.monotonic()
    run(value, n)
    print((time.monotonic() - begin) / n * 1e6)
