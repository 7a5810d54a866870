# Kinds: flow ITEM PRODUCERS CONSUMERS [MAXSIZE]; batch SIZE; lease. One operation is one item from one process to
# another.
import multiprocessing

import clock
from items import item


def flow(kind, producers, consumers, maxsize=0):
    queue, thing = multiprocessing.Queue(maxsize), item(kind)

    def run(n):
        def produce():
            for _ in range(n * consumers):
                queue.put(thing)

        def consume():
            for _ in range(n * producers):
                got = queue.get()
            assert type(got) is type(thing)

        return clock.together([produce] * producers + [consume] * consumers)

    return run, producers * consumers


def batch(size):
    queue, numbers = multiprocessing.Queue(), list(range(size))

    def run(n):
        def produce():
            for _ in range(n):
                queue.put(numbers)

        def consume():
            for _ in range(n):
                assert len(queue.get()) == size

        return clock.together([produce, consume])

    return run, size


def lease():
    queue = multiprocessing.JoinableQueue()

    def run(n):
        def produce():
            for i in range(n):
                queue.put(i)

        def consume():
            for i in range(n):
                assert queue.get() == i
                queue.task_done()

        return clock.together([produce, consume])

    return run


if __name__ == "__main__":
    clock.main({"flow": flow, "batch": batch, "lease": lease})
