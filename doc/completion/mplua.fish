# Written by ./dev api from doc/api/command.lua: change it there.
# Completion of mplua for fish.
complete -c mplua -s e -x -d "execute string 'stat'"
complete -c mplua -s i -d "enter interactive mode after executing 'script'"
complete -c mplua -s l -x -a 'mp mp.http mp.log' -d "require library 'mod' into global 'mod'"
complete -c mplua -s v -d "show version information"
complete -c mplua -s E -d "ignore environment variables"
complete -c mplua -s W -d "turn warnings on"
complete -c mplua -l help -d "show this text"
complete -c mplua -l version -d "show version information"
