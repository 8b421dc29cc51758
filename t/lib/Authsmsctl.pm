# SPDX-License-Identifier: Apache-2.0
# Runs authsmsctl as a user at a shell does.
package Authsmsctl;
use strict;
use warnings;
use Cwd ();
use Exporter 'import';
use Fcntl qw(O_NOCTTY O_RDWR);
use Httpd ();
use POSIX ();

our @EXPORT_OK = qw(run);
our $program = $Httpd::module =~ s{\.libs/mod_authsms\.so$}{authsmsctl}r;

# Whether the program is built.
sub available { return -x $program }

# Its absolute path.
sub path { return Cwd::abs_path($program) }

# Run it; returns (exit code, output of both channels). A last argument that is a reference is its
# input.
sub run {
    my ($site, @words) = @_;
    my $input = ref $words[-1] ? ${ pop @words } : '';
    my $in = $site->httpd->write('ctl.in', $input);
    my $out = $site->httpd->dir . '/ctl.out';
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN, '<', $in;
        open STDOUT, '>', $out;
        open STDERR, '>&', \*STDOUT;
        exec $program, @words or POSIX::_exit(99);
    }
    waitpid $pid, 0;
    my $code = $? >> 8;
    open my $text, '<', $out or die;
    local $/;
    return ($code, scalar <$text>);
}

# Run a command on a pseudo-terminal, where each answer is typed at the next prompt.
# Returns (exit code, what the terminal shows), or nothing where there is no pseudo-terminal.
sub run_on_terminal {
    my ($command, @answers) = @_;
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or return;
    ioctl $master, 0x40045431, my $unlock = pack 'i', 0 or return;    # TIOCSPTLCK
    ioctl $master, 0x80045430, my $number = pack 'i', 0 or return;    # TIOCGPTN
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        POSIX::setsid();
        open STDIN, '+<', '/dev/pts/' . unpack 'i', $number or POSIX::_exit(98);
        open STDOUT, '>&', \*STDIN;
        open STDERR, '>&', \*STDIN;
        exec @$command or POSIX::_exit(99);
    }
    my $seen = '';
    for my $answer (@answers, undef) {
        my $prompt = defined $answer ? qr/(?:New password: |Again: |\[y\/N\] )\z/ : undef;
        while (!$prompt || $seen !~ $prompt) {
            sysread $master, $seen, 4096, length $seen or last;
        }
        syswrite $master, "$answer\n" if defined $answer;
        $seen .= '|';
    }
    waitpid $pid, 0;
    return ($? >> 8, $seen);
}

1;
