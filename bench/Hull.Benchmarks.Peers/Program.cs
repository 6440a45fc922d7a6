using Hull.Benchmarks.Peers;

return Suite.Run(args);
