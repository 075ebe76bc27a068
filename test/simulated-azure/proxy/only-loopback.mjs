// Preloaded into a client: ends it with a word when it opens a socket to, or looks up, anything but loopback.
import dns from 'node:dns';
import net from 'node:net';

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

function check(what, host) {
  if (loopback.has(host)) return;
  process.stderr.write(`${what} ${host}: only loopback is allowed\n`);
  process.exit(3);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  // Pipes of child processes have a path instead of a host.
  if (typeof options !== 'object' || options.path === undefined) check('socket to', options.host ?? 'localhost');
  return connect.apply(this, args);
};

const lookup = dns.lookup;
dns.lookup = (name, ...rest) => {
  check('lookup of', name);
  return lookup(name, ...rest);
};
