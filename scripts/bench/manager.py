# ARG 1: how many. ARG 2: "get" or "set" of a manager's dict, or "append" to its list. Prints the microseconds of one.
import multiprocessing
import sys
import time


def get(d, _, n):
    for _ in range(n):
        assert d["key"] == 1


def set_key(d, _, n):
    for i in range(n):
        d["key"] = i


def append(_, items, n):
    for i in range(n):
        items.append(i)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    n, run = int(sys.argv[1]), {"get": get, "set": set_key, "append": append}[sys.argv[2]]
    with multiprocessing.Manager() as manager:
        d, items = manager.dict(key=1), manager.list()
        run(d, items, n // 10 + 1)
        begin = time.monotonic()
        run(d, items, n)
        print((time.monotonic() - begin) / n * 1e6)
