#!/usr/bin/env python3
"""A name server with the text records of one file, which is read anew for every question: a line is "NAME TEXT".
    dns.py PORT FILE
"""
import socket
import struct
import sys


def name_of(octets, at):
    labels = []
    while octets[at]:
        labels.append(octets[at + 1:at + 1 + octets[at]].decode("ascii"))
        at += octets[at] + 1
    return ".".join(labels).lower(), at + 1


def records(path, name):
    with open(path, encoding="ascii") as lines:
        return [line.split()[1] for line in lines if line.split() and line.split()[0] == name]


def answer(question, path):
    name, end = name_of(question, 12)
    found = records(path, name)
    code = 0 if found else 3
    out = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0) + question[12:end + 4]
    for text in found:
        data = bytes([len(text)]) + text.encode("ascii")
        out += b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data
    return out


def main():
    port, path = int(sys.argv[1]), sys.argv[2]
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))
    print("port=%d" % port, flush=True)
    while True:
        question, peer = server.recvfrom(4096)
        try:
            server.sendto(answer(question, path), peer)
        except (IndexError, ValueError) as e:
            print("not understood: %s" % e, flush=True)


main()
