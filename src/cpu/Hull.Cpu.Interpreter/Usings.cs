// SAFETY: names a type; makes no access.
global using unsafe Handler = delegate*<Hull.Cpu.Interpreter.Cpu, Hull.Cpu.Interpreter.Op*, Hull.Cpu.Interpreter.Op*>;
