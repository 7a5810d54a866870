-- So many megabytes that a new process shares with its maker, as strings of 1 KiB.
return function(megabytes)
  local data, filling = {}, (" "):rep(1014)
  for i = 1, megabytes * 1024 do data[i] = ("%010d"):format(i) .. filling end
  return data
end
