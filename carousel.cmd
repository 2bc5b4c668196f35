@echo off
rem Builds Carousel when it is not built or its sources changed, then runs it: carousel --help
rem Everything this script itself says goes to standard error; standard output belongs to the command.
setlocal
set "root=%~dp0"
set "program=%root%artifacts\bin\Carousel.Cli\release\Carousel.Cli.dll"
set "built=%root%artifacts\carousel.built"

where dotnet >nul 2>nul
if errorlevel 1 (
    echo carousel needs the .NET 10 SDK, and there is no 'dotnet' on the path ^(https://dotnet.microsoft.com/download^) 1>&2
    exit /b 1
)

if not exist "%program%" goto build
if not exist "%built%" goto build
powershell -NoProfile -Command "$built = (Get-Item -LiteralPath $env:built).LastWriteTimeUtc; $newer = Get-ChildItem -Recurse -Path ($env:root + 'src'), ($env:root + 'Directory.*.props') | Where-Object { $_.LastWriteTimeUtc -gt $built } | Select-Object -First 1; if ($newer) { exit 1 }"
if errorlevel 1 goto build
goto run

:build
echo carousel: building (about half a minute the first time) 1>&2
if not exist "%root%artifacts" mkdir "%root%artifacts"
rem The mark carries the time before the build: what is edited meanwhile is built next time.
type nul > "%built%.next"
dotnet build "%root%src\Carousel.Cli" -c Release -v quiet -nologo -nodeReuse:false 1>&2
if errorlevel 1 exit /b 1
move /y "%built%.next" "%built%" >nul

:run
dotnet "%program%" %*
exit /b %errorlevel%
