@rem The scripts of package.json say exec, so that a signal to npm reaches node and not a shell; Windows has none.
@%*
