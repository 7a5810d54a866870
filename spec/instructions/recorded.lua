-- Written by ./dev instructions --record.
return {
  {
    setting = {
      "GNU C11 12.2.0 -mtune=generic -march=x86-64 -g -O2 -std=gnu11 -fno-plt -ffunction-sections -fasynchronous-unwind-tables",
      "Lua 5.4.4",
      "glibc 2.36",
      "valgrind-3.19.0",
      "AVX2",
    },
    counts = {
      ["q:put and q:get, integer"] = 1454,
      ["q:put and q:get, text of 1 KiB"] = 2888,
      ["q:put and q:get, nested record"] = 15750,
      ["q:put_many and q:get_many, 16 integers"] = 13791,
      ["q:put, q:lease and lease:done, integer"] = 5034,
      ["c:send and c:recv, integer"] = 1605,
      ["lock:acquire and lock:release"] = 943,
      ["s:acquire and s:release"] = 1166,
      ["e:set and e:clear"] = 985,
      ["v.value"] = 456,
      ["v.value = x"] = 508,
      ["v:add(1)"] = 602,
      ["a[i]"] = 511,
      ["a[i] = x"] = 534,
      ["t[i]"] = 702,
      ["t[i] = x"] = 892,
      ["t.name"] = 890,
      ["t.name = x"] = 950,
      ["mp.Table.add(t, name, 1)"] = 947,
    },
  },
}
