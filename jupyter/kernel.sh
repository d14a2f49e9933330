#!/bin/sh
# Starts the kernel on the Node that came with the packages, or on the system's where none came for this platform.
here=$(dirname "$0")
node="$here/../node_modules/.bin/node"
[ -x "$node" ] || node=node
exec "$node" "$here/kernel-launcher.cjs" "$@"
