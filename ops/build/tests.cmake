# Unit tests: tests/unit/<room folder>/*_test.c, one binary a room: unit_<room>.
# What they share is compiled once for all of them.
file(GLOB kit CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/kit/*.c)
add_library(kit OBJECT EXCLUDE_FROM_ALL ${kit})
target_include_directories(kit PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/server ${CMAKE_SOURCE_DIR}/tenants)
use_libs(kit pq)
get_property(rooms GLOBAL PROPERTY rooms)
file(STRINGS ${CMAKE_BINARY_DIR}/rooms.txt room_lines)
foreach(line ${room_lines})
  string(REPLACE " " ";" parts "${line}")
  list(GET parts 0 name)
  list(GET parts 2 dir)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${dir}/*_test.c)
  get_property(has GLOBAL PROPERTY room_has_code_${name})
  if(tests AND has)
    add_executable(unit_${name} ${tests} $<TARGET_OBJECTS:kit>)
    target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR})
    # A test may need rooms above its own: named here, since the rooms themselves must not.
    set(above_flow shopify tryton)
    set(above_xref flow)
    set(above_walk shopify http_system)
    set(above_why flow walk shopify http_system)
    link_rooms(unit_${name} ${name} ${above_${name}})
    use_libs(unit_${name} pq) # the kit's
  endif()
endforeach()

# These walk through all that two workers can do to one job, and nothing but the processor counts; the sanitizers stay.
set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/unit/tenants/flow/model_test.c
                            ${CMAKE_SOURCE_DIR}/tests/unit/tenants/flow/model_walk_test.c PROPERTIES COMPILE_OPTIONS -O2)

# Stand-ins and the load client.
include(ops/build/fakes.cmake)
if(TARGET unit_flow)
  add_dependencies(unit_flow fake-erp) # which it starts
  add_dependencies(unit_walk fake-sink)
  add_dependencies(unit_why fake-sink)
endif()

# Fuzzed: tests/fuzz/NAME_fuzz.c, one binary each; it may call what it finds in the rooms named here, http if none are.
if(TENON_PRESET STREQUAL "fuzz")
  set(fuzz_rooms_callers api)
  set(fuzz_rooms_schema http canon)
  set(fuzz_rooms_expr http expr)
  set(fuzz_rooms_cron http cron)
  set(fuzz_rooms_x12 http x12)
  set(fuzz_rooms_rows http rows)
  set(fuzz_rooms_sign http sign)
  # What it answers in the database's place.
  set(fuzz_wraps_callers db_commit q_key_find q_grant_find q_session_find q_token_find q_embed_key_find q_customer_is)
  file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.c)
  foreach(source ${fuzzed})
    string(REGEX REPLACE "^.*/([^/]*)_fuzz\\.c$" "\\1" name "${source}")
    add_executable(fuzz_${name} ${source})
    target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    foreach(wrapped ${fuzz_wraps_${name}})
      target_link_options(fuzz_${name} PRIVATE -Wl,--wrap=${wrapped})
    endforeach()
    if(fuzz_rooms_${name})
      link_rooms(fuzz_${name} ${fuzz_rooms_${name}})
    else()
      link_rooms(fuzz_${name} http)
    endif()
  endforeach()
endif()
