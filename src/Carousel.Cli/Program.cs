Console.WriteLine("carousel");
