# ARG 1: how many. ARG 2: by what two processes take turns: "event", "condition", "barrier" or "pipe". Prints the
# microseconds of a turn of both.
import multiprocessing
import sys
import time


def event():
    ping, pong = multiprocessing.Event(), multiprocessing.Event()

    def one(n):
        for _ in range(n):
            ping.set()
            pong.wait()
            pong.clear()

    def other(n):
        for _ in range(n):
            ping.wait()
            ping.clear()
            pong.set()

    return one, other


def condition():
    changed, turn = multiprocessing.Condition(), multiprocessing.Value("i", 0, lock=False)

    def take_turns(mine):
        def run(n):
            for _ in range(n):
                with changed:
                    while turn.value != mine:
                        changed.wait()
                    turn.value = 1 - mine
                    changed.notify()

        return run

    return take_turns(0), take_turns(1)


def barrier():
    both = multiprocessing.Barrier(2)

    def meet(n):
        for _ in range(n):
            both.wait()

    return meet, meet


def pipe():
    mine, theirs = multiprocessing.Pipe()

    def one(n):
        for i in range(n):
            mine.send(i)
            assert mine.recv() == i

    def other(n):
        for _ in range(n):
            theirs.send(theirs.recv())

    return one, other


def both_times(run, warm_up, n):
    run(warm_up)
    run(n)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    n = int(sys.argv[1])
    one, other = {"event": event, "condition": condition, "barrier": barrier, "pipe": pipe}[sys.argv[2]]()
    warm_up = n // 10 + 1
    process = multiprocessing.Process(target=both_times, args=(other, warm_up, n))
    process.start()
    one(warm_up)
    begin = time.monotonic()
    one(n)
    print((time.monotonic() - begin) / n * 1e6)
    process.join()
