# ARG 1: how many files. ARG 2: "many" (8 threads, as many as get_many has requests under way, with one Session, which
# keeps a connection for each), or "session" (one after the other over one connection). ARG 3: the URL of their
# directory. Prints the microseconds of one file.
import concurrent.futures
import sys
import time

import requests

session = requests.Session()


def fetch(url):
    response = session.get(url)
    assert response.status_code == 200 and len(response.text) == 1024, response
    return url


def many(urls):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fetch, urls)) == urls


def one_by_one(urls):
    for url in urls:
        fetch(url)


if __name__ == "__main__":
    n, kind, base = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    urls = [base + str(i + 1) for i in range(n)]
    fetch(urls[0])
    begin = time.monotonic()
    (many if kind == "many" else one_by_one)(urls)
    print((time.monotonic() - begin) / n * 1e6)
