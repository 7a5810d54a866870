# Kinds: queue, pipe, event, condition, barrier: by what two processes take turns. One operation is a turn of both.
import multiprocessing
import time

import clock


def both(one, other):
    def other_twice(n):
        other(1)
        other(n)

    def run(n):
        process = multiprocessing.Process(target=other_twice, args=(n,))
        process.start()
        one(1)
        begin = time.monotonic()
        one(n)
        took = time.monotonic() - begin
        process.join()
        assert process.exitcode == 0
        return took

    return run


def queue():
    questions, answers = multiprocessing.Queue(), multiprocessing.Queue()

    def one(n):
        for i in range(n):
            questions.put(i)
            assert answers.get() == i

    def other(n):
        for _ in range(n):
            answers.put(questions.get())

    return both(one, other)


def pipe():
    mine, theirs = multiprocessing.Pipe()

    def one(n):
        for i in range(n):
            mine.send(i)
            assert mine.recv() == i

    def other(n):
        for _ in range(n):
            theirs.send(theirs.recv())

    return both(one, other)


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

    return both(one, other)


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

    return both(take_turns(0), take_turns(1))


def barrier():
    meeting = multiprocessing.Barrier(2)

    def meet(n):
        for _ in range(n):
            meeting.wait()

    return both(meet, meet)


if __name__ == "__main__":
    clock.main({"queue": queue, "pipe": pipe, "event": event, "condition": condition, "barrier": barrier})
