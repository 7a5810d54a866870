# ARG 1: how many. Prints the microseconds of a round trip: a message to a process and its answer.
import multiprocessing
import sys
import time


def answer(questions, answers):
    while (question := questions.get()) is not None:
        answers.put(question)


def ask(questions, answers, n):
    for i in range(n):
        questions.put(i)
        assert answers.get() == i


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    n = int(sys.argv[1])
    questions, answers = multiprocessing.Queue(), multiprocessing.Queue()
    process = multiprocessing.Process(target=answer, args=(questions, answers))
    process.start()
    ask(questions, answers, n // 10 + 1)
    begin = time.monotonic()
    ask(questions, answers, n)
    print((time.monotonic() - begin) / n * 1e6)
    questions.put(None)
    process.join()
