# ARG 1: how many. Prints how many integers a second come through a queue from one process to another.
import multiprocessing
import sys
import time


def produce(queue, n):
    for i in range(1, n + 1):
        queue.put(i)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    n = int(sys.argv[1])
    queue = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(queue, n))
    producer.start()
    assert queue.get() == 1
    begin = time.monotonic()
    for _ in range(2, n):
        queue.get()
    assert queue.get() == n
    print((n - 1) / (time.monotonic() - begin))
    producer.join()
