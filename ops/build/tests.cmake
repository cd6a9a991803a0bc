# Unit tests: tests/unit/<room folder>/*_test.c, one binary a room: unit_<room>.
file(GLOB kit CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/kit/*.c)
get_property(rooms GLOBAL PROPERTY rooms)
file(STRINGS ${CMAKE_BINARY_DIR}/rooms.txt room_lines)
foreach(line ${room_lines})
  string(REPLACE " " ";" parts "${line}")
  list(GET parts 0 name)
  list(GET parts 2 dir)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${dir}/*_test.c)
  get_property(has GLOBAL PROPERTY room_has_code_${name})
  if(tests AND has)
    add_executable(unit_${name} ${tests} ${kit})
    target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR})
    # A test may need rooms above its own: named here, since the rooms themselves must not.
    set(above_flow shopify tryton)
    link_rooms(unit_${name} ${name} ${above_${name}})
  endif()
endforeach()

# Stand-ins and the load client.
include(ops/build/fakes.cmake)
if(TARGET unit_flow)
  add_dependencies(unit_flow fake-erp) # which it starts
endif()
