# Shipped mapping documents, tenants/connectors/*/*.mapping.json, become a table in the program: gen/mapping_shipped.c.
# Included by the build; run as a script (cmake -D OUT=… -D FILES=a;b -P) it writes the table.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  file(GLOB mappings CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tenants/connectors/*/*.mapping.json)
  list(SORT mappings)
  add_custom_command(OUTPUT ${TENON_GEN}/mapping_shipped.c
                     COMMAND ${CMAKE_COMMAND} -D OUT=${TENON_GEN}/mapping_shipped.c -D "FILES=${mappings}"
                             -P ${CMAKE_CURRENT_LIST_FILE}
                     DEPENDS ${mappings} ${CMAKE_CURRENT_LIST_FILE} ${CMAKE_CURRENT_LIST_DIR}/octets.cmake
                     COMMENT "shipped mappings" VERBATIM)
  target_sources(room_mapping PRIVATE ${TENON_GEN}/mapping_shipped.c)
  return()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/octets.cmake)
set(texts "")
set(rows "")
set(n 0)
foreach(file ${FILES})
  file(READ ${file} text)
  octets_of(${file} octets)
  string(JSON system GET "${text}" source system)
  string(JSON object GET "${text}" source object)
  string(APPEND texts "static const unsigned char text_${n}[] = {\n${octets}};\n")
  string(APPEND rows "    {\"${system}\", \"${object}\", (const char *)text_${n}, sizeof(text_${n}) - 1},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"mapping/mapping_int.h\"\n\n${texts}
const struct mapping_shipped mapping_shipped_table[] = {\n${rows}};
const size_t mapping_shipped_count = ${n};\n")
