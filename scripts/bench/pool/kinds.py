# empty CALL: the microseconds of a task that does nearly nothing. efficiency CALL: tasks of a millisecond, how much
# faster than one process two are, per process; for apply, which keeps one busy, how fast that is beside no pool.
import multiprocessing
import sys
import time

import clock


def map_all(pool, f, n, x):
    assert len(pool.map(f, range(x, x + n))) == n


def map_each(pool, f, n, x):
    assert len(pool.map(f, range(x, x + n), chunksize=1)) == n


def imap(pool, f, n, x):
    assert sum(1 for _ in pool.imap(f, range(x, x + n))) == n


def apply(pool, f, n, x):
    for i in range(x, x + n):
        pool.apply(f, (i,))


def submit(pool, f, n, x):
    for result in [pool.apply_async(f, (i,)) for i in range(x, x + n)]:
        result.get()


CALLS = {"map": map_all, "each": map_each, "imap": imap, "apply": apply, "submit": submit}


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


def efficiency(pool, call):
    tasks = clock.size(200, 4)
    spin(300000)
    work = int(300000 / seconds(spin, 300000) / 1000)
    alone = seconds(lambda: [spin(work + i) for i in range(1, tasks + 1)])
    return alone / seconds(CALLS[call], pool, spin, tasks, work + 1) / (1 if call == "apply" else 2)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    kind, call = sys.argv[1:]
    with multiprocessing.Pool(2) as crew:
        crew.map(square, range(100), chunksize=1)
        if kind == "efficiency":
            print(efficiency(crew, call))
        else:
            print(clock.measure(lambda n: CALLS[call](crew, square, n, 1)))
