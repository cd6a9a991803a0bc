# Documents of connectors become tables in the program: tenants/connectors/*/manifest.json are gen/manifest_shipped.c,
# standin.json gen/standin_shipped.c, and conformance.json gen/conform_shipped.c. Included by the build; run as a script
# (cmake -D OUT=… -D ROOM=… -D FILES=a;b -P) it writes one table.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  foreach(room manifest standin conform)
    set(file_conform conformance)
    set(file_manifest manifest)
    set(file_standin standin)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tenants/connectors/*/${file_${room}}.json)
    list(SORT files)
    add_custom_command(OUTPUT ${TENON_GEN}/${room}_shipped.c
                       COMMAND ${CMAKE_COMMAND} -D OUT=${TENON_GEN}/${room}_shipped.c -D ROOM=${room} "-DFILES=${files}"
                               -P ${CMAKE_CURRENT_LIST_FILE}
                       DEPENDS ${files} ${CMAKE_CURRENT_LIST_FILE} ${CMAKE_CURRENT_LIST_DIR}/octets.cmake
                       COMMENT "shipped documents of ${room}" VERBATIM)
    target_sources(room_${room} PRIVATE ${TENON_GEN}/${room}_shipped.c)
  endforeach()
  return()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/octets.cmake)
set(texts "")
set(rows "")
set(n 0)
foreach(file ${FILES})
  octets_of(${file} octets)
  get_filename_component(name ${file} DIRECTORY)
  get_filename_component(name ${name} NAME)
  string(APPEND texts "static const unsigned char text_${n}[] = {\n${octets}};\n")
  string(APPEND rows "    {\"${name}\", (const char *)text_${n}, sizeof(text_${n}) - 1},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"${ROOM}/${ROOM}_int.h\"\n\n${texts}
const struct ${ROOM}_shipped ${ROOM}_shipped_table[] = {\n${rows}    {}};
const size_t ${ROOM}_shipped_count = ${n};\n")
