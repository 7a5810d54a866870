# Prints each row with its bytes: what the family's memory grew by, divided by how many there are. Either "family", of
# idle processes, or "objects".
import multiprocessing
import resource
import sys
import time
from multiprocessing import resource_tracker, shared_memory

import clock
from items import item

count_of_objects = clock.size(1000, 100)
all_kept = []  # so that nothing is made where something else has been


def read(path):
    with open(path) as file:
        return file.read()


def pss(pid):
    for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024


def family_bytes():
    return sum(map(pss, ["self"] + [process.pid for process in multiprocessing.active_children()]))


def say(name, value):
    print(name, "python", value, flush=True)


def be_idle(ready, finish):
    with ready.get_lock():
        ready.value += 1
    finish.wait()


def with_idle(count, f):
    ready, finish = multiprocessing.Value("i", 0), multiprocessing.Event()
    processes = [multiprocessing.Process(target=be_idle, args=(ready, finish)) for _ in range(count)]
    for process in processes:
        process.start()
    while ready.value < count:
        time.sleep(0.001)
    result = f(processes)
    finish.set()
    for process in processes:
        process.join()
    return result


def idle_memory(count):
    before = family_bytes()
    after = with_idle(count, lambda _: family_bytes())
    return (after - before) / count, after


def cpu_time(processes):
    return sum(int(read(f"/proc/{process.pid}/schedstat").split()[0]) for process in processes) / 1000


def settled(processes):
    before = None
    for _ in range(50):
        now = cpu_time(processes)
        if now == before:
            break
        before = now
        time.sleep(0.05)
    return cpu_time(processes)


def idle_cpu(processes):
    before = settled(processes)
    time.sleep(clock.size(2, 0.1))
    return cpu_time(processes) - before


def grown_by(count, make):
    kept = [None] * count
    all_kept.append(kept)
    before = family_bytes()
    for i in range(count):
        kept[i] = make(i)
    return (family_bytes() - before) / count


def objects(manager):
    makers = {
        "lock": multiprocessing.Lock,
        "rlock": multiprocessing.RLock,
        "semaphore": multiprocessing.Semaphore,
        "condition": multiprocessing.Condition,
        "event": multiprocessing.Event,
        "barrier": lambda: multiprocessing.Barrier(2),
        "value": lambda: multiprocessing.Value("i", 0),
        "queue": multiprocessing.Queue,
        "pipe": multiprocessing.Pipe,
        "array": lambda: multiprocessing.Array("i", 10),
        "table": manager.dict,
    }
    for name, make in makers.items():
        say("mem_" + name, grown_by(count_of_objects, lambda _: make()))
    say("mem_buffer", grown_by(count_of_objects, lambda _: shared_memory.SharedMemory(create=True, size=100)))
    for memory in all_kept[-1]:
        memory.close()
        memory.unlink()


def entries(manager):
    count = clock.size(20000, 1000)
    for kind in ("int", "record"):
        queue = multiprocessing.Queue()
        say("mem_message_" + kind, grown_by(count, lambda i: queue.put(item(kind) if kind == "record" else 100000 + i)))
        queue.cancel_join_thread()
        all_kept.append(queue)
    numbers, keys = manager.list(), manager.dict()
    say("mem_entry_list", grown_by(count, numbers.append))

    def set_key(i):
        keys[f"key{i}"] = i

    say("mem_entry_key", grown_by(count, set_key))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if sys.argv[1] == "family":
        say("idle_cpu", with_idle(50, idle_cpu))
        say("mem_process_200", idle_memory(clock.size(200, 10))[0])
        each, whole = idle_memory(clock.size(1000, 20))
        say("mem_process_1000", each)
        say("mem_family_1000", whole)
    else:
        resource_tracker.ensure_running()  # what shares our pages has an effect on what we count
        with multiprocessing.Manager() as server:
            objects(server)
            entries(server)
