# SPDX-License-Identifier: Apache-2.0
# Stand-ins of the SMS providers, in one process of their own on a free loopback port: Authy, Twilio and others, by their
# documents and as strict as they are. A test can make them misbehave and read all that reached them.
#
#   my $p = Provider->start;              # url, account, token, key: what the module is to be configured with
#   $p->mode('hang');                     # see mode()
#   $p->texts; $p->code_for('+447700900123'); $p->requests; $p->stop;
package Provider;
use strict;
use warnings;
use Errno qw(EAGAIN EWOULDBLOCK EINTR);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Provider::Authy ();
use Provider::Twilio ();
use Provider::TwilioVerify ();
use Provider::Vonage ();
use Provider::Webhook ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time sleep);

my $json = JSON::PP->new->utf8->canonical;
my @services =
    (\&Provider::Authy::answer, \&Provider::Twilio::answer, \&Provider::TwilioVerify::answer,
    \&Provider::Vonage::answer, \&Provider::Webhook::answer);
my %running;

use constant { HUGE => 1 << 30, REQUEST_MAX => 1 << 20 };

# ---- what a test calls ----

# account, token, service => of Twilio; key => of Authy, and of Vonage with vonage_secret; secret => of the webhook
sub start {
    my ($class, %o) = @_;
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 128, Blocking => 0
    ) or die "no free port: $!";
    my $self = bless {
        account => 'AC' . '0123456789abcdef' x 2, token => 'twilio token',
        service => 'VA' . 'fedcba9876543210' x 2, key => 'authy key',
        vonage_secret => 'vonage secret',
        secret => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', %o,
        port => $listener->sockport, owner => $$,
    }, $class;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $SIG{PIPE} = 'IGNORE';
        eval { serve($self, $listener); 1 } or print STDERR "provider stand-in: $@";
        POSIX::_exit(0);
    }
    $self->{pid} = $pid;
    return $running{$pid} = $self;
}

sub url { "http://127.0.0.1:$_[0]{port}" }
sub port { $_[0]{port} }
sub account { $_[0]{account} }
sub token { $_[0]{token} }
sub key { $_[0]{key} }
sub secret { $_[0]{secret} }

# The directives' words for this stand-in.
sub twilio {
    my ($self, $from) = @_;
    return
          qq(twilio account=$self->{account} "token=$self->{token}" from=)
        . ($from // '+15005550006') . ' url='
        . $self->url;
}

sub twilio_verify {
    my ($self) = @_;
    return
        qq(twilio-verify account=$self->{account} "token=$self->{token}" )
            . qq(service=$self->{service} url=)
        . $self->url;
}

sub authy { my ($self) = @_; return qq(authy "key=$self->{key}" url=) . $self->url }

sub vonage {
    my ($self, $from) = @_;
    return
          qq(vonage "key=$self->{key}" "secret=$self->{vonage_secret}" from=)
        . ($from // '+15005550006') . ' url='
        . $self->url;
}

sub webhook {
    my ($self) = @_;
    return qq(webhook "secret=$self->{secret}" url=) . $self->url . '/webhook';
}

# How requests are answered from now on:
#   ok; a status such as 500 or 429 (retry_after => seconds, body => text); error (status =>, code => the provider's own);
#   garbage (broken JSON), html, empty (status =>), redirect (to => URL, status =>); ignored, odd (Authy's successes that are none);
#   noise (no HTTP), hang, drip (a byte a second), slow (seconds =>), close, reset, huge (1 GiB).
# With any: path => only paths that contain this; times => for so many requests, then ok; accept => 1: do what was
# asked before misbehaving.
sub mode {
    my ($self, $mode, %o) = @_;
    $self->_control('mode', { mode => $mode, %o });
    return $self;
}

# Forget what came so far (not the users and verifications).
sub reset { my ($self) = @_; $self->_control('reset', {}); return $self }

# Each with n, time, connection, method, path, query and form (decoded), headers (lower-case names), body.
sub requests { return @{ $_[0]->_control('state', {})->{requests} } }

# Each text that was taken on: to, body, from, sid.
sub texts { return @{ $_[0]->_control('state', {})->{texts} } }

# The newest code for a number: Authy's own, or the digits in a text. undef: none.
sub code_for { my ($self, $number) = @_; return $self->_control('state', {})->{codes}{$number} }

# What `get` returns, as soon as it is true; undef after some seconds.
sub wait_for {
    my ($self, $get, $seconds) = @_;
    my $end = time + ($seconds // 5);
    my $found;
    sleep 0.02 until ($found = $get->($self)) || time > $end;
    return $found;
}

sub stop {
    my ($self) = @_;
    return unless $self->{owner} == $$ && delete $running{ $self->{pid} };
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

sub END { my $status = $?; $_->stop for values %running; $? = $status }

sub _control {
    my ($self, $what, $data) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5)
        or die "the stand-in is gone: $!";
    my $body = $json->encode($data);
    print $s "POST /-/$what HTTP/1.1\r\nConnection: close\r\nContent-Length: "
        . length($body)
        . "\r\n\r\n$body";
    local $/;
    my $answer = <$s> // '';
    $answer =~ s/^HTTP\S* 200 .*?\r\n\r\n//s or die "the stand-in says: $answer";
    return $json->decode($answer);
}

# ---- the server ----

sub serve {
    my ($self, $listener) = @_;
    my $server = {
        %$self,
        parent => $self->{owner}, mode => { mode => 'ok' }, requests => [], texts => [],
        codes => {},
        connections => 0, open => {},
    };
    srand(time ^ $$);
    while (getppid == $server->{parent}) {
        my @open = values %{ $server->{open} };
        my $in = IO::Select->new($listener, map { $_->{socket} } @open);
        my $out = IO::Select->new(map { $_->{socket} } grep { ready($_) } @open);
        my ($can_read, $can_write) = IO::Select->select($in, $out, undef, wait_time(@open));
        for my $socket (@{ $can_read // [] }) {
            $socket == $listener
                ? accept_one($server, $listener)
                : read_some($server, $server->{open}{$socket});
        }
        for my $socket (@{ $can_write // [] }) {
            my $c = $server->{open}{$socket} or next;
            write_some($server, $c);
        }
    }
    return;
}

sub ready { my ($c) = @_; return length $c->{out} && time >= $c->{not_before} }

sub wait_time {
    my $wait = 0.5;
    for my $c (grep { length $_->{out} } @_) {
        my $left = $c->{not_before} - time;
        $wait = $left > 0 ? $left : 0 if $left < $wait;
    }
    return $wait;
}

sub accept_one {
    my ($server, $listener) = @_;
    my $socket = $listener->accept or return;
    $socket->blocking(0);
    $server->{open}{$socket} = {
        socket => $socket, n => ++$server->{connections}, in => '', out => '', not_before => 0,
        at_once => 1 << 16, more => 0,
    };
    return;
}

sub drop {
    my ($server, $c) = @_;
    delete $server->{open}{ $c->{socket} };
    close $c->{socket};
    return;
}

sub read_some {
    my ($server, $c) = @_;
    my $n = sysread $c->{socket}, $c->{in}, 65536, length $c->{in};
    return if !defined $n && ($! == EAGAIN || $! == EINTR);
    return drop($server, $c) if !$n || length $c->{in} > REQUEST_MAX;
    while (!$c->{deaf} && $server->{open}{ $c->{socket} } && (my $request = next_request($c))) {
        act($server, $c, $request);
    }
    return;
}

sub write_some {
    my ($server, $c) = @_;
    my $n = syswrite $c->{socket}, $c->{out}, $c->{at_once};
    return if !defined $n && ($! == EAGAIN || $! == EWOULDBLOCK);
    return drop($server, $c) unless defined $n;
    substr $c->{out}, 0, $n, '';
    $c->{not_before} = time + 1 if $c->{at_once} == 1;
    if ($c->{more} && length $c->{out} < 1 << 16) {
        my $add = $c->{more} < 1 << 20 ? $c->{more} : 1 << 20;
        $c->{out} .= ' ' x $add;
        $c->{more} -= $add;
    }
    drop($server, $c) if $c->{close} && !length $c->{out} && !$c->{more};
    return;
}

sub next_request {
    my ($c) = @_;
    my ($head) = $c->{in} =~ /^(.*?)\r\n\r\n/s or return;
    my ($line, @fields) = split /\r\n/, $head;
    my ($method, $target) = $line =~ m{^([A-Z]+) (\S+) HTTP/1\.1$};
    my %headers;
    for (@fields) {
        $headers{ lc $1 } = exists $headers{ lc $1 } ? "$headers{ lc $1 }, $2" : $2
            if /^([^:\s]+):\s*(.*?)\s*$/;
    }
    my $length = $headers{'content-length'} // 0;
    return if length $c->{in} < length($head) + 4 + $length;
    my $body = substr $c->{in}, length($head) + 4, $length;
    substr $c->{in}, 0, length($head) + 4 + $length, '';
    my ($path, $query) = split /\?/, $target // '', 2;
    return {
        time => time, connection => $c->{n}, method => $method // '', path => $path // '',
        headers => \%headers, body => $body,
        query => fields($query // ''),
        form => ($headers{'content-type'} // '') =~ m{^application/x-www-form-urlencoded(?:;|$)}
        ? fields($body)
        : {},
    };
}

# Decoded; a name that comes twice has both values joined by NUL, so that no check of a service takes it.
sub fields {
    my %fields;
    for (split /&/, $_[0]) {
        my ($name, $value) = map { decode($_) } split(/=/, $_, 2), '';
        $fields{$name} = exists $fields{$name} ? "$fields{$name}\0$value" : $value;
    }
    return \%fields;
}

sub decode {
    my ($text) = @_;
    $text =~ tr/+/ /;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    utf8::decode($text);
    return $text;
}

# ---- answers ----

sub respond {
    my ($c, $status, $headers, $body) = @_;
    my %h = ('Content-Type' => 'application/json', 'Content-Length' => length $body,
        %{ $headers // {} });
    $c->{out} .=
        "HTTP/1.1 $status X\r\n" . join('', map { "$_: $h{$_}\r\n" } sort keys %h) . "\r\n$body";
    return;
}

sub act {
    my ($server, $c, $request) = @_;
    return control($server, $c, $1, $request->{body}) if $request->{path} =~ m{^/-/(\w+)$};
    $request->{n} = @{ $server->{requests} };
    push @{ $server->{requests} }, $request;

    my $mode = $server->{mode};
    $mode = { mode => 'ok' } if defined $mode->{path} && index($request->{path}, $mode->{path}) < 0;
    $server->{mode} = { mode => 'ok' } if defined $mode->{times} && --$mode->{times} <= 0;
    my $answer = $mode->{mode} =~ /^(?:ok|drip|slow)$/
        || $mode->{accept} ? service($server, $request) : undef;
    misbehave($server, $c, $mode, $answer, $request);
    return;
}

sub service {
    my ($server, $request) = @_;
    for my $service (@services) {
        my $answer = $service->($server, $request);
        return $answer if $answer;
    }
    return [404, { 'Content-Type' => 'text/plain' }, 'no provider here'];
}

my %as_text = (
    garbage => [200, {}, '{"success":true,"message":'],
    html => [
        200, { 'Content-Type' => 'text/html' },
        '<html><body><h1>Welcome to the gateway</h1></body></html>'
    ],
    empty => [200, {}, ''],
    ignored => [
        200,
        {},
        $json->encode({
            success => JSON::PP::true, ignored => JSON::PP::true, cellphone => '+1-XXX-XXX-XX02',
            device => 'iphone',
            message =>
                'Ignored: SMS is not needed for smartphones. Pass force=true if you want to '
                    . 'actually send it anyway.'
        })
    ],
    odd => [
        200,
        {},
        $json->encode(
            { success => JSON::PP::true, message => 'An error ocurred while sending the SMS' }
        )
    ],
);

sub misbehave {
    my ($server, $c, $mode, $answer, $request) = @_;
    my $name = $mode->{mode};
    $c->{close} = lc($request->{headers}{connection} // '') eq 'close';
    if ($name eq 'ok') { respond($c, @$answer) }
    elsif ($name eq 'drip') { respond($c, @$answer); $c->{at_once} = 1 }
    elsif ($name eq 'slow') { respond($c, @$answer); $c->{not_before} = time + $mode->{seconds} }
    elsif ($name eq 'hang') { $c->{deaf} = 1 }
    elsif ($name eq 'close') { drop($server, $c) }
    elsif ($name eq 'reset') {
        setsockopt $c->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
        drop($server, $c);
    }
    elsif ($name eq 'noise') { $c->{out} .= "\x16\x03\x01\x02 what?\r\n\r\n"; $c->{close} = 1 }
    elsif ($name eq 'huge') {
        respond($c, 200, { 'Content-Length' => HUGE }, '');
        $c->{more} = HUGE;
    }
    elsif ($name eq 'redirect') {
        respond($c, $mode->{status} // 302, { Location => $mode->{to} // '/redirected' }, '');
    }
    elsif ($name eq 'error') {
        respond($c, $mode->{status} // 400, {}, error_body($request, $mode));
    }
    elsif ($as_text{$name}) {
        my ($status, @rest) = @{ $as_text{$name} };
        respond($c, $mode->{status} // $status, @rest);
    }
    else {
        respond($c, $name,
            defined $mode->{retry_after} ? { 'Retry-After' => $mode->{retry_after} } : {},
            $mode->{body} // '');
    }
    return;
}

sub error_body {
    my ($request, $mode) = @_;
    return Provider::Authy::error($mode->{status} // 400, "$mode->{code}", 'as the test wants it')
        ->[2]
        if $request->{path} =~ m{^/protected/};
    return Provider::Vonage::error("$mode->{code}", 'as the test wants it')->[2]
        if $request->{path} eq '/sms/json';
    return Provider::Webhook::error($mode->{status} // 200, $mode->{code})->[2]
        if $request->{path} eq '/webhook';
    return Provider::Twilio::error($mode->{status} // 400, $mode->{code} + 0,
        'as the test wants it')->[2];
}

sub control {
    my ($server, $c, $what, $body) = @_;
    my $data = $json->decode($body);
    my ($status, $answer) = (200, {});
    if ($what eq 'mode') {
        $data->{mode} =~ /^[1-5]\d\d$/
            || $as_text{ $data->{mode} }
            || $data->{mode} =~ /^(?:ok|drip|slow|hang|close|reset|noise|huge|redirect|error)$/
            or $status = 400;
        $server->{mode} = $data if $status == 200;
    }
    elsif ($what eq 'reset') {
        @$server{qw(requests texts codes)} = ([], [], {});
    }
    else {
        $answer = { map { $_ => $server->{$_} } qw(requests texts codes) };
    }
    respond($c, $status, {}, $json->encode($answer));
    $c->{close} = 1;
    return;
}

1;
