# SPDX-License-Identifier: Apache-2.0
# Runs authsmsctl as a user at a shell does.
package Authsmsctl;
use strict;
use warnings;
use Exporter 'import';
use Httpd ();
use POSIX ();

our @EXPORT_OK = qw(run);
our $program = $Httpd::module =~ s{\.libs/mod_authsms\.so$}{authsmsctl}r;

# Whether the program is built.
sub available { return -x $program }

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

1;
