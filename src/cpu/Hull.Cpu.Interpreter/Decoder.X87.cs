namespace Hull.Cpu.Interpreter;

/// <summary>The escape opcodes D8 to DF.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private void FloatingPoint(byte b)
    {
        ModRm();
        int operation = _reg & 7;
        if (_mod == 3)
        {
            Handler handler = (b, (operation << 3) | (_rm & 7)) switch
            {
                (0xDB, 0x22) => &X87.ClearExceptions,
                (0xDB, 0x23) => &X87.Initialize,
                (0xDB, 0x20 or 0x21 or 0x24) => &Moves.Nop,
                (0xD9, 0x10) => &Moves.Nop,
                (0xDF, 0x20) => &X87.StoreStatusAx,
                _ => null,
            };
            X87OrInvalid(handler);
            return;
        }

        Memory(2, operation != 5);
        X87OrInvalid((b, operation) switch
        {
            (0xD9, 5) => &X87.LoadControl,
            (0xD9, 7) => &X87.StoreControl,
            (0xDD, 7) => &X87.StoreStatus,
            _ => null,
        });
    }

    private void X87OrInvalid(Handler handler)
    {
        if ((_mode & Cpu.ModeFpu) == 0)
        {
            Raise(&SystemOps.DeviceNotAvailable);
        }
        else
        {
            Only(handler != null, handler);
        }
    }
}
