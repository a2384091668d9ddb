// node compile.mjs TREE: compile a folder's Python as Lambda trusts it unseen. Prints the version that compiled.
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
python.FS.mkdirTree("/tree");
python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[2] }, "/tree");
const compiled = python.runPython(`
import compileall, py_compile
# Tracebacks name /var/task, not the folder of the build, and the bytes do not depend on it.
compileall.compile_dir(
    "/tree", quiet=1, stripdir="/tree", prependdir="/var/task", maxlevels=100,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
)
`);
console.log(python.runPython("import sys; '%d.%d' % sys.version_info[:2]"));
process.exit(compiled ? 0 : 1);
