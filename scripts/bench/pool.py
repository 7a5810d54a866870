# ARG 1: how many tasks. ARG 2: "map" (chunks chosen by the pool), "each" (chunks of one task), "apply", or "work": tasks
# of about a millisecond. Prints the microseconds of one task; for "work" how much faster two processes are, per process.
import multiprocessing
import sys
import time


def square(x):
    return x * x


def spin(n):
    x = 0
    for i in range(n):
        x = (x + i * i) % 1000003
    return x


def seconds(f, *args):
    begin = time.monotonic()
    f(*args)
    return time.monotonic() - begin


def apply_all(pool, n):
    for i in range(n):
        assert pool.apply(square, (i,)) == i * i


def efficiency(pool, n):
    spin(300000)
    size = int(300000 / seconds(spin, 300000) / 1000)
    alone = seconds(lambda: [spin(size) for _ in range(n)])
    return alone / seconds(lambda: pool.map(spin, [size] * n, chunksize=1)) / 2


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    n, kind = int(sys.argv[1]), sys.argv[2]
    with multiprocessing.Pool(2) as pool:
        pool.map(square, range(1000), chunksize=1)
        if kind == "work":
            print(efficiency(pool, n))
        elif kind == "apply":
            print(seconds(apply_all, pool, n) / n * 1e6)
        else:
            print(seconds(lambda: pool.map(square, range(n), chunksize=1 if kind == "each" else None)) / n * 1e6)
