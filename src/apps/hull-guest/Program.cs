using Hull;
using Hull.Guest;
using Hull.Linux;

// hull-guest: process 1 of a guest that Hull booted. See docs/machine/agent.md.
try
{
    Boot.Run();
    new AgentServer().Run();
}
catch (Exception error)
{
    Console.Error.WriteLine($"hull-guest: {LastResort.Describe(error)}");
}

// Process 1 must not end: without the agent the machine is of no use.
FirstProcess.PowerOff();
return 1;
