# Klankbord. `make demo` shows the whole loop on this machine, `make test` checks everything.
