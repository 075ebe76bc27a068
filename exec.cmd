@rem npm start is "exec node ...", so that no shell stands between npm and the demo to die of its Ctrl-C; cmd has no exec.
@%*
