using Carousel.Data;

namespace Carousel.Tests.Data;

public sealed class CsvSeriesTests
{
    [Theory]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02,2\n")]
    [InlineData("date,OT\r\n2020-01-01,1\r\n2020-01-02,2\r\n")]
    [InlineData("\uFEFFdate,OT\n2020-01-01,1\n2020-01-02,2")]
    [InlineData("date;OT\n2020-01-01;1\n2020-01-02;2\n")]
    [InlineData("date\tOT\n2020-01-01\t1\n2020-01-02\t2\n")]
    [InlineData("date|OT\n2020-01-01|1\n2020-01-02|2\n")]
    [InlineData("\"date\",\"OT\"\n\"2020-01-01\",\"1\"\n\"2020-01-02\",\"2\"\n")]
    [InlineData(" date , OT \n 2020-01-01 , 1e0 \n\n2020-01-02,+2.0\n\n")]
    [InlineData("note,date,OT\n\"a, \"\"b\"\"\",2020-01-01,1\n\"two\nlines\",2020-01-02,2\n")]
    public void FromCsv_every_usual_way_of_writing_gives_the_same_series(string text)
    {
        Series series = Read(text);
        Assert.Equal(["OT"], series.Columns);
        Assert.Equal([1.0, 2.0], series[0].ToArray());
        Assert.Equal([new DateTime(2020, 1, 1), new DateTime(2020, 1, 2)], series.Timestamps!);
        Assert.Equal(TimeSpan.FromDays(1), series.Step);
    }

    [Fact]
    public void FromCsv_file_with_byte_order_mark_reads_its_first_column()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, "OT\n1\n", new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            Assert.Equal(1, Series.FromCsv(path, new CsvOptions { Targets = ["OT"] })[0][0]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void FromCsv_targets_come_first_and_covariates_after_them()
    {
        const string Text = "a,date,b,c\n1,2020-01-01,2,3\n";
        Series named = Read(Text, new CsvOptions { Targets = ["c"], Covariates = ["a"] });
        Series all = Read(Text, new CsvOptions { Targets = ["b"], AllCovariates = true });
        Assert.Equal(["c", "a"], named.Columns);
        Assert.Equal(1, named.TargetCount);
        Assert.Equal(["b", "a", "c"], all.Columns);
    }

    [Fact]
    public void FromCsv_columns_not_asked_for_may_hold_anything() =>
        Assert.Equal(2, Read("name,OT\nx,1\n,2\n", new CsvOptions { Targets = ["OT"] }).Rows);

    [Fact]
    public void FromCsv_given_delimiter_overrules_the_header() =>
        Assert.Equal(["b"], Read("a,x;b\n1;2\n", new CsvOptions { Delimiter = ';', Targets = ["b"] }).Columns);

    [Theory]
    [InlineData("1949-02", 1949, 2, 1, 0)]
    [InlineData("1949", 1949, 1, 1, 0)]
    [InlineData("20200131", 2020, 1, 31, 0)]
    [InlineData("1/31/2020 13:05", 2020, 1, 31, 13)]
    [InlineData("31.1.2020", 2020, 1, 31, 0)]
    [InlineData("2020/1/31", 2020, 1, 31, 0)]
    [InlineData("2020-01-31T13:00:00.5Z", 2020, 1, 31, 13)]
    [InlineData("2020-01-02T03:00:00+02:00", 2020, 1, 2, 1)]
    public void FromCsv_date_column_reads_months_years_and_time_zones(string text, int year, int month, int day, int hour) =>
        Assert.Equal(new DateTime(year, month, day, hour, 0, 0, DateTimeKind.Utc), Read($"date,OT\n{text},1\n", new CsvOptions { DateColumn = "date" }).Timestamps![0], TimeSpan.FromMinutes(5));

    [Theory]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02,n/a\n", "x.csv, line 3, column 'OT': 'n/a' is not a number (use --missing interpolate)")]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02,NaN\n", "x.csv, line 3, column 'OT': 'NaN' is not a number (use --missing interpolate)")]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02,\n", "x.csv, line 3, column 'OT': the value is missing (use --missing interpolate)")]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02,warm\n", "x.csv, line 3, column 'OT': 'warm' is not a number")]
    [InlineData("date;OT\n2020-01-01;1,5\n", "x.csv, line 2, column 'OT': '1,5' is not a number (write the decimal sign as a point)")]
    [InlineData("date,OT\n2020-01-01,Infinity\n", "x.csv, line 2, column 'OT': 'Infinity' is not a finite number")]
    [InlineData("date,OT\n2020-01-01,-1e999\n", "x.csv, line 2, column 'OT': '-1e999' is not a finite number")]
    [InlineData("date,OT\n2020-01-01,1\nsoon,1\n", "x.csv, line 3, column 'date': 'soon' is not a date (write dates as 2026-01-31 or 2026-01-31 23:59:59)")]
    [InlineData("date,OT\n2020-01-02,1\n2020-01-01,1\n", "x.csv, line 3, column 'date': 2020-01-01 00:00:00 comes after 2020-01-02 00:00:00, expected rows from old to new (sort the file)")]
    [InlineData("", "x.csv: is empty, expected a header line and rows below it")]
    [InlineData("\n \n", "x.csv: is empty, expected a header line and rows below it")]
    [InlineData("date,OT\n", "x.csv: has a header but no rows, expected rows of numbers below it")]
    [InlineData("date,ot\n2020-01-01,1\n", "x.csv: no column 'OT' (did you mean 'ot'?); columns: date, ot")]
    [InlineData("date,OTT,humidity\n2020-01-01,1,2\n", "x.csv: no column 'OT' (did you mean 'OTT'?); columns: date, OTT, humidity")]
    [InlineData("OT,date,OT\n1,2020-01-01,2\n", "x.csv, line 1, column 'OT': columns 1 and 3 of the header are both named 'OT'; rename one")]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02\n", "x.csv, line 3: 1 fields, expected 2 as in the header")]
    [InlineData("date,OT\n2020-01-01,1\n2020-01-02,1,2\n", "x.csv, line 3: 3 fields, expected 2 as in the header")]
    [InlineData("date,OT\n2020-01-01,1,2\n", "x.csv, line 2: 3 fields, expected 2 as in the header")]
    [InlineData("2020-01-01,1\n2020-01-02,2\n", "x.csv, line 1: the first line is '2020-01-01,1', expected a header line with the names of the columns")]
    [InlineData("\"date,OT\n2020-01-01,1\n", "x.csv, line 1: the header has an opening quote without a closing one")]
    [InlineData("date,OT\n2020-01-01,1\"2\"\n", "x.csv, line 2: a quote stands inside the field '1\"2\"'; quote the whole field")]
    [InlineData("time,OT\n1,2020-01-01\n", "x.csv, column 'OT': the target holds dates such as '2020-01-01', expected a column of numbers")]
    public void FromCsv_wrong_text_is_refused_with_its_place(string text, string message)
    {
        var failure = Assert.Throws<DataFileException>(() => Read(text, new CsvOptions { Targets = ["OT"] }));
        Assert.Equal(message, failure.Message);
        Assert.Equal("x.csv", failure.File);
    }

    [Fact]
    public void FromCsv_several_columns_of_numbers_and_no_target_asks_which() => Assert.Equal(
        "x.csv: which column is to be forecast? Name it with --target; columns of numbers: a, b",
        Assert.Throws<DataFileException>(() => Read("date,a,b,c\n2020-01-01,1,2,x\n")).Message);

    [Fact]
    public void FromCsv_no_column_of_numbers_says_so() =>
        Assert.Contains("no column of numbers", Assert.Throws<DataFileException>(() => Read("a,b\nx,y\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void FromCsv_line_number_counts_lines_inside_quotes_and_blank_lines() =>
        Assert.Equal(7, Assert.Throws<DataFileException>(() => Read("\nnote,OT\n\"a\nb\",1\n\nx,2\ny,?\n", new CsvOptions { Targets = ["OT"] })).Line);

    [Fact]
    public void FromCsv_quote_that_never_closes_is_refused_without_reading_on() =>
        Assert.Contains("closing quote", Assert.Throws<DataFileException>(() => Read("OT\n1\n\"" + new string('x', 100_000))).Message, StringComparison.Ordinal);

    [Fact]
    public void FromCsv_missing_file_and_folder_are_named()
    {
        string path = Path.Combine(Path.GetTempPath(), "no-such-series.csv");
        Assert.StartsWith("no-such-series.csv: no such file in ", Assert.Throws<DataFileException>(() => Series.FromCsv(path)).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<DataFileException>(() => Series.FromCsv(Path.GetTempPath().TrimEnd('/', '\\'))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromCsv_contradicting_options_list_every_problem()
    {
        var options = new CsvOptions { Targets = ["date", "OT"], Covariates = ["OT"], DateColumn = "date", AllCovariates = true, Delimiter = '"', Missing = (MissingRule)9 };
        Assert.Equal(5, options.Validate().Count());
        Assert.Throws<ArgumentException>(() => Read("date,OT\n2020-01-01,1\n", options));
    }

    [Theory]
    [InlineData(MissingRule.Interpolate, new double[] { 1, 1, 2, 3, 4, 4 })]
    [InlineData(MissingRule.Drop, new double[] { 1, 4 })]
    public void FromCsv_missing_values_follow_the_rule(MissingRule rule, double[] expected) =>
        Assert.Equal(expected, Read("OT\nNA\n1\n\"\"\nnull\n4\n?\n", new CsvOptions { Missing = rule, Targets = ["OT"] })[0].ToArray());

    [Fact]
    public void FromCsv_previous_repeats_the_value_before_and_needs_one()
    {
        var options = new CsvOptions { Missing = MissingRule.Previous, Targets = ["OT"] };
        Assert.Equal([1, 1, 1, 4], Read("OT\n1\nNA\nNA\n4\n", options)[0].ToArray());
        Assert.Equal(2, Assert.Throws<DataFileException>(() => Read("OT\nNA\n1\n", options)).Line);
    }

    [Theory]
    [InlineData(MissingRule.Interpolate)]
    [InlineData(MissingRule.Previous)]
    [InlineData(MissingRule.Drop)]
    public void FromCsv_column_without_any_value_is_refused(MissingRule rule) =>
        Assert.Throws<DataFileException>(() => Read("OT\nNA\nNA\n", new CsvOptions { Missing = rule, Targets = ["OT"] }));

    [Fact]
    public void FromCsv_drop_leaves_out_the_date_of_the_row_too()
    {
        Series series = Read("date,OT\n2020-01-01,1\n2020-01-02,\n2020-01-03,3\n", new CsvOptions { Missing = MissingRule.Drop, Targets = ["OT"] });
        Assert.Equal([new DateTime(2020, 1, 1), new DateTime(2020, 1, 3)], series.Timestamps!);
    }

    [Fact]
    public void TimestampsAfter_continues_months_and_equal_steps()
    {
        Assert.Equal([new DateTime(1961, 1, 1), new DateTime(1961, 2, 1)], AirlinePassengers.Load().TimestampsAfter(2)!);
        Series hourly = Read("date,OT\n2020-01-31 22:00:00,1\n2020-01-31 23:00:00,2\n");
        Assert.Equal([new DateTime(2020, 2, 1, 0, 0, 0)], hourly.TimestampsAfter(1)!);
    }

    [Theory]
    [InlineData("2020-01-01", "2020-02-01", "1month")]
    [InlineData("2020-01-01", "2020-04-01", "3month")]
    [InlineData("2020-01-01", "2021-01-01", "1year")]
    [InlineData("2020-01-01", "2020-01-08", "1w")]
    [InlineData("2020-01-01", "2020-01-03", "2d")]
    [InlineData("2020-01-01 00:00", "2020-01-01 00:15", "15min")]
    [InlineData("2020-01-01 00:00:00", "2020-01-01 00:00:01", "1s")]
    [InlineData("2020-01-01", "2020-01-01", null)]
    public void Frequency_names_the_step_as_configs_do(string first, string second, string? frequency) =>
        Assert.Equal(frequency, Read($"date,OT\n{first},1\n{second},2\n").Frequency);

    [Fact]
    public void AirlinePassengers_hold_144_months_of_known_sum()
    {
        Series series = AirlinePassengers.Load();
        Assert.Equal(144, series.Rows);
        Assert.Equal(40363, series[0].ToArray().Sum());
        Assert.Equal((112.0, 622.0, 432.0), (series[0][0], series[0][138], series[0][143]));
        Assert.Equal(new DateTime(1960, 12, 1), series.Timestamps![143]);
    }

    private static Series Read(string text, CsvOptions? options = null) => Series.FromCsv(new StringReader(text), "x.csv", options);
}
