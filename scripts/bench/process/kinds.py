# Kinds: start AT_ONCE MEGABYTES, processes that are started and joined; thread; wait N, over so many connections.
import multiprocessing
import multiprocessing.connection
import resource
import threading
import time

import clock


def nothing():
    pass


def start(at_once, megabytes):
    data = [b"%-1024d" % i for i in range(megabytes * 1024)]
    at_once = clock.size(at_once, min(at_once, 20))

    def run(n):
        assert len(data) == megabytes * 1024
        begin = time.monotonic()
        for _ in range(n):
            processes = [multiprocessing.Process(target=nothing) for _ in range(at_once)]
            for process in processes:
                process.start()
            for process in processes:
                process.join()
        return time.monotonic() - begin

    return run, at_once


def thread():
    def run(n):
        for _ in range(n):
            one = threading.Thread(target=nothing)
            one.start()
            one.join()

    return run


def wait(count):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    pipes = [multiprocessing.Pipe(duplex=False) for _ in range(count)]
    readers = [reader for reader, _ in pipes]
    pipes[-1][1].send(True)

    def run(n):
        for _ in range(n):
            assert multiprocessing.connection.wait(readers) == [pipes[-1][0]]

    return run


if __name__ == "__main__":
    clock.main({"start": start, "thread": thread, "wait": wait})
