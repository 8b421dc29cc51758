# SPDX-License-Identifier: Apache-2.0
# authsmsctl, as a person at a shell has it.
package Authsmsctl;
use strict;
use warnings;
use Exporter 'import';
use Httpd ();
use POSIX ();

our @EXPORT_OK = qw(run);
our $program = $Httpd::module =~ s{\.libs/mod_authsms\.so$}{authsmsctl}r;

sub available { return -x $program }

# (exit code, what it printed on either channel). A last word that is a reference is its input.
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
