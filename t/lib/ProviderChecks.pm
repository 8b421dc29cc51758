# SPDX-License-Identifier: Apache-2.0
# What a live test asks of any provider: the whole way from registration to login, what each fault is taken for, and silence in the log.
package ProviderChecks;
use strict;
use warnings;
use Site;
use Test::More;

# provider => a Provider; line => its directives; the rest is for Site
sub new {
    my ($class, %o) = @_;
    my ($provider, $line) = delete @o{qw(provider line)};
    my $site = Site->new(
        sender => $line, server => "AuthSMSLimit * off\nAuthSMSTimeout 1s 2s parallel=8",
        children => 1,
        log_level => 'warn authsms:trace8', %o
    )->start;
    return bless { site => $site, provider => $provider, seen => [] }, $class;
}

sub site { $_[0]{site} }

# Register, a wrong code, the right one, twice, log in. Returns the person and the code.
sub flow {
    my ($self) = @_;
    my ($site, $provider) = @$self{qw(site provider)};
    my $person = Site::person();
    my $r = $site->register($person);
    is $r->{status}, 201, 'registered' or diag $r->{raw};
    my $id = $r->{json}{id};
    my $code = $provider->code_for(Site::e164($person)) // '';
    like $code, qr/^\d{6,10}$/, 'a code went out';
    my $wrong = sprintf '%0*d', length $code, ($code + 1) % 10**length $code;
    is $site->api("/user/$id/verify", { code => $wrong })->{json}{code}, 'invalid_code',
        'a wrong one';
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'the right one';
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'already_verified', 'once';
    is $site->login($person)->{status}, 200, 'logged in';
    $self->saw($person, $code);
    return ($person, $code);
}

sub saw {
    my ($self, $person, $code) = @_;
    push @{ $self->{seen} }, $code, Site::e164($person) =~ /(\d+)/;
    return;
}

# In this mode registration ends with 502 (429 where the words say "rate limited") and these words in the log; /resend works at once afterwards, which keeps the breaker closed.
sub fault {
    my ($self, $words, $mode, @more) = @_;
    my ($site, $provider) = @$self{qw(site provider)};
    my $name = join ' ', $mode, grep { !/^path$/ } @more;
    my $person = Site::person();
    my $before = length $site->httpd->error_log;
    $provider->mode($mode, @more);
    my $r = $site->register($person);
    is_refused($r, $words, $name);
    like substr($site->httpd->error_log, $before), $words, 'what it was taken for';
    $provider->mode('ok');
    $self->recover($person, $r->{json}{id});
    return;
}

sub is_refused {
    my ($r, $words, $name) = @_;
    my ($status, $code) = $words =~ /rate limited/ ? (429, 'rate_limited') : (502, 'sms_failed');
    is $r->{status}, $status, "$name: $status" or diag $r->{raw};
    is $r->{json}{code}, $code, 'its word';
    like $r->{headers}{'retry-after'}[0] // 'none', $status == 429 ? qr/^[1-9]\d*$/ : qr/^none$/,
        'whether and when to ask again';
    return;
}

sub recover {
    my ($self, $person, $id) = @_;
    my $site = $self->{site};
    is $site->api("/user/$id/resend", {})->{status}, 202, '/resend works at once';
    my $code = $self->{provider}->code_for(Site::e164($person));
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'and its code';
    $self->saw($person, $code);
    return;
}

# Nothing of what was seen, nor these, is in the log.
sub stop {
    my ($self, %never) = @_;
    my $site = $self->{site};
    my $log = $site->httpd->error_log;
    my %seen = map { $_ => 1 } @{ $self->{seen} };
    like $log, qr/(?:sender 1|verifier) \(/, "the log tells of the provider";
    is_deeply [grep { $log =~ /(?<!\d)\Q$_\E(?!\d)/ } sort keys %seen], [],
        'but no code and no number';
    ok index($log, $never{$_}) < 0, "nor the $_" for sort keys %never;
    $site->httpd->expect_log(qr/(?:sender 1|verifier) \(/);
    $site->stop;
    return;
}

1;
