// The classes: what opens each, and what one needs of another.
#pragma once
#include "bind/lmp.h"

void lqueue_open(lua_State *L);
int lqueue_new(lua_State *L);

void levent_open(lua_State *L);
int levent_new(lua_State *L);

void llock_open(lua_State *L);
int llock_new(lua_State *L);
int lrlock_new(lua_State *L);

void llease_openclass(lua_State *L);
struct mp_msg **llease_new(lua_State *L);
int llease_open(lua_State *L);

void lprocess_open(lua_State *L);
int lprocess_new(lua_State *L);     // start.c
int lprocess_start(lua_State *L);   // start.c
int lprocess_spawn(lua_State *L);   // start.c

void lcoroutine_open(lua_State *L);
