namespace Hull.Cpu.Native;

/// <summary>Bytes that are instructions more often than chance would have it, the system's before all.</summary>
internal sealed class RandomCode(RigRandom random)
{
    private static readonly byte[][] s_heads =
    [
        [0x0F, 0x00], [0x0F, 0x01], [0x0F, 0x02], [0x0F, 0x03], [0x0F, 0x05], [0x0F, 0x06], [0x0F, 0x07], [0x0F, 0x08], [0x0F, 0x20], [0x0F, 0x21],
        [0x0F, 0x22], [0x0F, 0x23], [0x0F, 0x30], [0x0F, 0x31], [0x0F, 0x32], [0x0F, 0x33], [0x0F, 0x34], [0x0F, 0x35], [0x0F, 0xA1], [0x0F, 0xA2],
        [0x0F, 0xA9], [0x0F, 0xAA], [0x0F, 0xAE], [0x0F, 0xB2], [0x0F, 0xB4], [0x0F, 0xB5], [0x0F, 0xC7], [0x66, 0x0F, 0x38, 0x82], [0x07], [0x17],
        [0x1F], [0x62], [0x63], [0x6C], [0x6D], [0x6E], [0x6F], [0x8C], [0x8E], [0x9A], [0x9B], [0x9C], [0x9D], [0xC4], [0xC5], [0xC8], [0xCA], [0xCB],
        [0xCC], [0xCD], [0xCE], [0xCF], [0xE4], [0xE6], [0xEA], [0xEC], [0xEE], [0xF1], [0xF4], [0xFA], [0xFB], [0xFF], [0xF3, 0xA4], [0xF3, 0xA5],
        [0xF3, 0xAB], [0xF2, 0xAE], [0xF3, 0xA7], [0xF3, 0x6C], [0xF3, 0x6F], [0xF0, 0x0F, 0xC7], [0xF0, 0x0F, 0xB1], [0x0F, 0x0B], [0x0F, 0xC7, 0x08],
    ];

    internal void Fill(Span<byte> code)
    {
        random.Fill(code);
        int at = 0;
        while (at < code.Length - 32)
        {
            at += random.Next(3) switch
            {
                0 => Head(code[at..]),
                1 => Plain(code[at..]),
                _ => random.Next(1, 7),
            };
        }
    }

    private int Head(Span<byte> place)
    {
        int at = 0;
        if (random.OneIn(4))
        {
            place[at++] = (byte)"\x66\x67\x48\x4F\x41\xF2\xF3\x26\x2E\x64\x65\xF0"[random.Next(12)];
        }

        byte[] head = s_heads[random.Next(s_heads.Length)];
        head.CopyTo(place[at..]);
        at += head.Length;
        if (random.OneIn(2))
        {
            place[at++] = (byte)(random.OneIn(2) ? 0xC0 | random.Next(64) : random.Next(0xC0));
        }

        return at + random.Next(5);
    }

    // Numbers that selectors, addresses and registers of the machine have, and short jumps.
    private int Plain(Span<byte> place)
    {
        switch (random.Next(5))
        {
            case 0:
                place[0] = (byte)(0xB8 + random.Next(8));
                place[1] = (byte)random.Next(256);
                place[2] = (byte)random.Next(256);
                place[3] = (byte)random.Next(4);
                place[4] = 0;
                return 5;
            case 1:
                place[0] = (byte)(0x50 + random.Next(16));
                return 1;
            case 2:
                place[0] = (byte)(0x70 + random.Next(16));
                place[1] = (byte)random.Next(-64, 64);
                return 2;
            case 3:
                place[0] = 0x68;
                place[1] = (byte)random.Next(256);
                place[2] = (byte)random.Next(8);
                return 3 + random.Next(3);
            default:
                place[0] = 0xB9;
                uint register = (uint)"\x10\x1B\x74\x80\x81\x82\x84"[random.Next(7)] | (random.OneIn(2) ? 0xC0000000 : 0);
                place[1] = (byte)register;
                (place[2], place[3], place[4]) = (0, 0, (byte)(register >> 24));
                return 5;
        }
    }
}
