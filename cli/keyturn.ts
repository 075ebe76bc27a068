#!/usr/bin/env node
import { exitCodes } from './outcome.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// What is watched goes on without this process.
process.once('SIGINT', () => process.exit(exitCodes.interrupted));
// Nobody reads on, as with `| head`.
process.stdout.on('error', () => process.exit(exitCodes.refused));

process.exitCode = await runProgram(process.argv.slice(2), process.env, processTerminal(process));
