using Hull.OciCli;

return OciProgram.Run(args);
