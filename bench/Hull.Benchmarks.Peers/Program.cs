using Hull.Benchmarks.Peers;

return args is [LayerUnpackCase.Verb, string blob, string diffId, string directory]
    ? await LayerUnpackCase.UnpackAsync(blob, diffId, directory)
    : Suite.Run(args);
