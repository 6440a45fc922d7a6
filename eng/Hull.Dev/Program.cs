using Hull.Dev;

return await Commands.RunAsync(args);
