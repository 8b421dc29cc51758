# SPDX-License-Identifier: Apache-2.0
# Runs authsmsctl doctor on the configuration of a site, and looks for lines of its report.
package Doctor;
use strict;
use warnings;
use Authsmsctl qw(run);
use Exporter 'import';
use Test::More;

our @EXPORT = qw(@secrets @tables changed content doctor has has_problem);

our @tables = map { "authsms_$_" } qw(schema users codes sessions limits addresses jobs outbox
    conversions challenges roles invitations resets);

# Everything in the database but the leases of httpd's background jobs.
sub content {
    my ($site) = @_;
    return join "\n", map { $site->sql("SELECT * FROM $_ ORDER BY 1") } grep { !/_jobs/ } @tables;
}

# Secrets that no output may have. Each test adds its own.
our @secrets;

# Run doctor on a configuration: (exit status, output).
sub doctor {
    my ($site, $conf, @options) = @_;
    my $file = $site->httpd->write('httpd.conf', $conf // $site->httpd->config);
    my ($code, $out) = run($site, '--config', $file, @options, 'doctor');
    my @shown = grep { length && index($out, $_) >= 0 } @secrets;
    is_deeply \@shown, [], 'no secret is shown' or diag $out;
    return ($code, $out);
}

# The configuration of a site with a part replaced.
sub changed {
    my ($site, $from, $to) = @_;
    my $conf = $site->httpd->config;
    $conf =~ s/$from/$to/ or die "the configuration has no $from";
    return $conf;
}

# There is a line of this result, with this advice below.
sub has {
    my ($out, $result, $line, $advice) = @_;
    my $found = $out =~ /^\Q$result\E +$line.*\n/m;
    ok $found, "$result: $line" or diag $out;
    return unless defined $advice;
    like $out, qr/^\Q$result\E +$line.*\n {13}.*$advice/m, "advice: $advice";
    return;
}

# doctor reports this problem, and ends with 1.
sub has_problem {
    my ($site, $conf, $line, $advice) = @_;
    my ($code, $out) = doctor($site, $conf);
    is $code, 1, "exit status 1: $line";
    has($out, 'problem', $line, $advice);
    return $out;
}

1;
