# ARG 1: how many. ARG 2: "pair", an acquire and a release of a free lock, or "add", an increment under the lock by
# two processes at once. Prints the microseconds of one.
import multiprocessing
import sys
import time


def pairs_of(lock, n):
    for _ in range(n):
        lock.acquire()
        lock.release()


def pair(n):
    lock = multiprocessing.Lock()
    pairs_of(lock, n // 10 + 1)
    begin = time.monotonic()
    pairs_of(lock, n)
    return (time.monotonic() - begin) / n


def increment(lock, counter, start, n):
    start.wait()
    for _ in range(n):
        with lock:
            counter.value += 1


def add(n):
    lock, counter, start = multiprocessing.Lock(), multiprocessing.Value("q", 0), multiprocessing.Barrier(3)
    args = (lock, counter, start, n // 2)
    processes = [multiprocessing.Process(target=increment, args=args) for _ in range(2)]
    for process in processes:
        process.start()
    start.wait()
    begin = time.monotonic()
    for process in processes:
        process.join()
    took = time.monotonic() - begin
    assert counter.value == n // 2 * 2
    return took / n


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    print({"pair": pair, "add": add}[sys.argv[2]](int(sys.argv[1])) * 1e6)
