# What the programs of the bench share, as clock.lua has it.
import multiprocessing
import os
import sys
import time

SECONDS = float(os.environ.get("BENCH_SECONDS", "0.15"))


def size(full, quick):
    return quick if os.environ.get("BENCH_QUICK") else full


def measure(run, operations=1):
    n = 1
    while True:
        begin = time.monotonic()
        took = run(n)
        if took is None:
            took = time.monotonic() - begin
        if took >= SECONDS / 2:
            return took / n / operations * 1e6
        n = int(n * min(10, max(2, SECONDS / max(took, 1e-9)))) + 1


def run_between(begin, finish, f):
    begin.wait()
    f()
    finish.wait()


def together(functions):
    begin, finish = (multiprocessing.Barrier(len(functions) + 1) for _ in range(2))
    processes = [multiprocessing.Process(target=run_between, args=(begin, finish, f)) for f in functions]
    for process in processes:
        process.start()
    begin.wait()
    began = time.monotonic()
    finish.wait()
    took = time.monotonic() - began
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return took


def main(kinds):
    multiprocessing.set_start_method("fork", force=True)
    words = [int(word) if word.isdigit() else word for word in sys.argv[2:]]
    made = kinds[sys.argv[1]](*words)
    print(measure(*made) if isinstance(made, tuple) else measure(made))
