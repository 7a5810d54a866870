# ARG 1: how many. Prints the microseconds that start and join of a process that does nothing take.
import multiprocessing
import sys
import time


def nothing():
    pass


def start_join(n):
    for _ in range(n):
        process = multiprocessing.Process(target=nothing)
        process.start()
        process.join()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    n = int(sys.argv[1])
    start_join(n // 10 + 1)
    begin = time.monotonic()
    start_join(n)
    print((time.monotonic() - begin) / n * 1e6)
