# What `tenonctl connector new` begins with, ops/lib/connector/*.json, becomes a table in the program: gen/connector_template.c.
# Included by the build; run as a script (cmake -D OUT=… -D FILES=a;b -P) it writes the table.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/ops/lib/connector/*.json)
  list(SORT files)
  add_custom_command(OUTPUT ${TENON_GEN}/connector_template.c
                     COMMAND ${CMAKE_COMMAND} -D OUT=${TENON_GEN}/connector_template.c "-DFILES=${files}" -P ${CMAKE_CURRENT_LIST_FILE}
                     DEPENDS ${files} ${CMAKE_CURRENT_LIST_FILE} ${CMAKE_CURRENT_LIST_DIR}/octets.cmake
                     COMMENT "what a new connector begins with" VERBATIM)
  target_sources(tenonctl PRIVATE ${TENON_GEN}/connector_template.c)
  return()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/octets.cmake)
set(texts "")
set(rows "")
set(n 0)
foreach(file ${FILES})
  octets_of(${file} octets)
  get_filename_component(name ${file} NAME)
  string(APPEND texts "static const unsigned char text_${n}[] = {\n${octets}};\n")
  string(APPEND rows "    {\"${name}\", (const char *)text_${n}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"main/ctl_connector_int.h\"\n\n${texts}
const struct ctl_template ctl_connector_templates[] = {\n${rows}    {NULL, NULL}};\n")
