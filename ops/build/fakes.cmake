# Stand-ins for outside systems, and the load client: programs of the tests, not rooms.
file(GLOB fake_erp_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fakes/*.c)
add_executable(fake-erp ${fake_erp_sources})
target_include_directories(fake-erp PRIVATE ${CMAKE_SOURCE_DIR}/tests)
use_libs(fake-erp jansson)
target_link_libraries(fake-erp PRIVATE m)

add_executable(fake-sink ${CMAKE_SOURCE_DIR}/tests/fakes/sink/sink.c ${CMAKE_SOURCE_DIR}/tests/fakes/httpd.c)
target_include_directories(fake-sink PRIVATE ${CMAKE_SOURCE_DIR}/tests)
use_libs(fake-sink jansson)

add_executable(fake-shop ${CMAKE_SOURCE_DIR}/tests/fakes/shop/shop.c ${CMAKE_SOURCE_DIR}/tests/fakes/httpd.c)
target_include_directories(fake-shop PRIVATE ${CMAKE_SOURCE_DIR}/tests)
use_libs(fake-shop jansson)

file(GLOB load_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/perf/load*.c)
if(load_sources)
  add_executable(load ${load_sources})
  target_include_directories(load PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  use_libs(load nghttp2 ssl)
endif()

# Walks away from requests under way; see tests/api/abandon.sh.
add_executable(abandon ${CMAKE_SOURCE_DIR}/tests/api/abandon.c)
use_libs(abandon nghttp2 ssl)

# What HTTP costs with the guard and without: the same room, once with hello_bare.c in the place of the guard.
file(GLOB http_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/server/http/*.c)
list(FILTER http_sources EXCLUDE REGEX "/guard(_budget|_fields|_frames|_proof|_seats|_time)?\\.c$")
add_executable(hello EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/perf/hello.c)
link_rooms(hello http)
add_executable(hello-bare EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/perf/hello.c ${CMAKE_SOURCE_DIR}/tests/perf/hello_bare.c
               ${http_sources})
link_rooms(hello-bare base sys obs json crypto)
use_libs(hello-bare h2o ssl jwt)

# What asking who calls costs: the product's server, once with auth_bare.c in the place of auth.c.
file(GLOB open_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tenants/api/*.c)
list(FILTER open_sources EXCLUDE REGEX "/api/auth\\.c$")
set(open_main tenond prepare kek sockets thread beat supervisor children spawn)
list(TRANSFORM open_main PREPEND ${CMAKE_SOURCE_DIR}/server/main/)
list(TRANSFORM open_main APPEND .c)
get_property(open_rooms GLOBAL PROPERTY room_deps_api)
add_executable(tenond-open EXCLUDE_FROM_ALL ${open_main} ${open_sources} ${CMAKE_SOURCE_DIR}/tests/perf/auth_bare.c)
link_rooms(tenond-open ${open_rooms} jobs shopify tryton)
target_compile_definitions(tenond-open PRIVATE TENON_VERSION="${PROJECT_VERSION}" TENON_SCHEMA=${schema})

# What reading and writing JSON costs, beside jansson: tests/perf/run doc. Built with everything else, as the two below, so
# that a change which breaks them is seen.
add_executable(doc-perf ${CMAKE_SOURCE_DIR}/tests/perf/doc.c ${CMAKE_SOURCE_DIR}/tests/perf/doc_payloads.c)
target_include_directories(doc-perf PRIVATE ${CMAKE_SOURCE_DIR}/tests)
link_rooms(doc-perf json)

# What a mapping costs, beside npm's jsonata: tests/perf/run mapping.
add_executable(mapping-perf ${CMAKE_SOURCE_DIR}/tests/perf/mapping.c)
link_rooms(mapping-perf mapping)

# What judging an order by what was learnt of its source costs: tests/perf/run drift.
add_executable(drift-perf ${CMAKE_SOURCE_DIR}/tests/perf/drift.c)
link_rooms(drift-perf watch)

# What hostile expressions take before they are stopped: tests/perf/run bounds.
add_executable(bounds-perf ${CMAKE_SOURCE_DIR}/tests/perf/bounds.c)
link_rooms(bounds-perf expr)

# Calls to many slow systems at once: tests/perf/run fetch.
add_executable(fetch-perf ${CMAKE_SOURCE_DIR}/tests/perf/fetch.c ${CMAKE_SOURCE_DIR}/tests/perf/fetch_late.c)
target_include_directories(fetch-perf PRIVATE ${CMAKE_SOURCE_DIR}/tests)
link_rooms(fetch-perf http_system)

# The ledger of work with jobs that do nothing, beside npm's BullMQ and graphile-worker: tests/perf/run jobs.
add_executable(jobs-perf ${CMAKE_SOURCE_DIR}/tests/perf/jobs.c)
link_rooms(jobs-perf jobs)
