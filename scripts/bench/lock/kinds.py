# Kinds: pair LOCK, an acquire and a release of a free one; add LOCK, an increment under it by two processes at once.
import multiprocessing

import clock

MAKERS = {"lock": multiprocessing.Lock, "rlock": multiprocessing.RLock, "semaphore": multiprocessing.Semaphore}


def pair(kind):
    lock = MAKERS[kind]()

    def run(n):
        for _ in range(n):
            lock.acquire()
            lock.release()

    return run


def add(kind):
    lock, counter = MAKERS[kind](), multiprocessing.Value("q", 0)

    def run(n):
        def increment():
            for _ in range(n):
                with lock:
                    counter.value += 1

        before = counter.value
        took = clock.together([increment, increment])
        assert counter.value == before + 2 * n
        return took

    return run, 2


if __name__ == "__main__":
    clock.main({"pair": pair, "add": add})
